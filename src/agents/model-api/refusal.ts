/** Statuses by which an API says that it will not serve this key, account or model. */
const finalStatuses = new Set([401, 402, 403, 404]);

/** Statuses under which APIs also say that there is no credit left. */
const mayMeanNoCredit = new Set([400, 429]);

const noCredit =
  /insufficient[_ ]quota|credit balance|insufficient[_ ](balance|credits?|funds)|billing[_ ](hard[_ ]limit|not[_ ]active|details)/;

/** Said of a quota that fills up again by itself, at times with the same words about billing. */
const refillsSoon = /per.?(second|minute|hour|day)|retry.?(delay|in \d)/;

/** Whether no further request of this agent will be served: a wrong key or model, or an account without credit. */
export function isFinalRefusal(status: number, body: string): boolean {
  if (finalStatuses.has(status)) return true;
  const text = body.toLowerCase();
  return mayMeanNoCredit.has(status) && noCredit.test(text) && !refillsSoon.test(text);
}
