import { RawJson } from '../http/index.ts';
import type { WireError } from '../protocol/index.ts';

/** What a turn came to, to be given again to whoever sends it again. */
export type KeptReply =
  { readonly turn: number; readonly text: string } | { readonly turn: number; readonly error: WireError };

/** The reply for the server to send; throws the error where it was one. */
export function giveReply(kept: KeptReply): RawJson {
  if ('error' in kept) throw kept.error;
  return new RawJson(kept.text);
}
