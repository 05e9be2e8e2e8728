import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether a request with this `Authorization` header may be heard. */
export type Gate = (authorization: string | undefined) => boolean;

/** Lets everybody in when there is no token. Digests are compared, in a time that tells nothing of the token or its length. */
export function createGate(token: string | undefined): Gate {
  if (token === undefined) return () => true;
  const expected = digest(token);
  return (authorization) => {
    const given = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    return given !== undefined && timingSafeEqual(digest(given), expected);
  };
}

/** The headers by which a client shows its token; none without one. */
export function authorizationHeaders(token: string | undefined): Readonly<Record<string, string>> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
