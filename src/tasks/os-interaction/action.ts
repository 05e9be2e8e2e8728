/** What an agent's reply asks for. */
export type Action =
  | { readonly kind: 'bash'; readonly script: string }
  /** The end, with an answer where the agent gave one. */
  | { readonly kind: 'commit'; readonly answer: string | null };

/** A reply that asks for nothing that is known, and the status that it ends the sample with. */
export type InvalidReply = {
  readonly kind: 'invalid';
  readonly status: 'agent invalid action' | 'agent validation failed';
};
