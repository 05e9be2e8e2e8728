/** What stands in the place of a secret. */
export const mask = '***';

/** Shorter secrets are not searched for inside other texts: "5" would take every 5 with it. */
const shortestSearchedLength = 4;

const urlPassword = /([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*:)([^\s/?#]+)(@)/gi;
const queryCredential =
  /([?&][^=&#\s]*(?:key|token|secret|password|authorization)[^=&#\s]*=)((?!<%|\$\{)[^&#\s"']+)/gi;

/** A form left to be filled in, `<% PUT-YOUR-KEY-HERE %>` or `${NAME}`, at most after a word such as Bearer. */
const unfilled = /^(?:bearer|basic|token)?\s*(?:<%[^%]*%>|\$\{[A-Za-z_][A-Za-z0-9_]*(?::-)?\})\s*$/i;

export function isSecretKey(key: string): boolean {
  return /authorization|key|token|secret|password/i.test(key);
}

/** Whether a value under a secret key is no secret, because nobody has filled it in yet. */
export function isUnfilled(text: string): boolean {
  return text === '' || unfilled.test(text);
}

/** Masks the given secrets, passwords inside URLs and credentials in their queries, wherever they stand in `text`. */
export function redactText(text: string, secrets: readonly string[] = []): string {
  let result = text;
  const searched = secrets.filter((secret) => secret.length >= shortestSearchedLength);
  // The longest first: a secret may contain another.
  for (const secret of searched.sort((left, right) => right.length - left.length)) {
    result = result.replaceAll(secret, mask);
  }
  return maskCredentials(result);
}

function maskCredentials(text: string): string {
  return text
    .replace(urlPassword, (whole, before: string, password: string, at: string) =>
      isUnfilled(password) ? whole : before + mask + at,
    )
    .replace(queryCredential, `$1${mask}`);
}

/** The secrets that {@link redactText} would mask in a URL by their place alone. */
export function credentialsInText(text: string): readonly string[] {
  const passwords = [...text.matchAll(urlPassword)].map((match) => match[2] ?? '');
  const values = [...text.matchAll(queryCredential)].map((match) => match[2] ?? '');
  return [...passwords, ...values].filter((secret) => !isUnfilled(secret));
}
