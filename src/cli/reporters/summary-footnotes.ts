import type { EvaluationSummary, PairSummary } from '../../assigner/index.ts';
import { causes, type Cause } from '../../protocol/index.ts';

/** No line is longer. */
const columns = 100;

/** Behind a number of samples. */
const causeWords: Readonly<Record<Cause, string>> = {
  none: 'without a cause',
  agent: 'failed by the agent',
  task: 'failed by the task',
  worker: 'lost with a worker',
  controller: 'lost with the controller',
  'model-api': "without the model's answer",
  limit: 'out of time',
  cancelled: 'not played or cancelled',
};

/** What stands below the final table: nothing when every sample was scored at its first try. */
export function formatFootnotes({ pairs, stoppedAgents }: EvaluationSummary): readonly string[] {
  const isShare = pairs.some(({ metric, failed, notPlayed }) => failed + notPlayed > 0 && isGuess(metric));
  return [
    ...(isShare
      ? ['* the share of the scored among all, since the task itself does not score the others']
      : []),
    ...formatSection('not scored:', forPairs(pairs, formatUnscored)),
    ...formatSection(
      'tried again:',
      forPairs(pairs, ({ retries }) => (retries === 1 ? 'once' : retries > 0 ? `${retries} times` : '')),
    ),
    ...formatSection(
      'set aside, since workers died under these samples:',
      forPairs(pairs, ({ poison }) => poison.map((index) => JSON.stringify(index)).join(', ')),
    ),
    ...formatSection(
      'stopped agents, whose model API will not serve them:',
      stoppedAgents.map(({ agent, reason }) => `${agent}: ${reason}`),
    ),
  ];
}

function isGuess(metric: PairSummary['metric']): boolean {
  return metric?.how === 'share of all';
}

function forPairs(pairs: readonly PairSummary[], describe: (pair: PairSummary) => string): string[] {
  return pairs.flatMap((pair) => {
    const text = describe(pair);
    return text === '' ? [] : [`${pair.agent} on ${pair.task}: ${text}`];
  });
}

function formatUnscored({ unscored }: PairSummary): string {
  return causes
    .flatMap((cause) => (unscored[cause] ? [`${unscored[cause]} ${causeWords[cause]}`] : []))
    .join(', ');
}

function formatSection(heading: string, entries: readonly string[]): readonly string[] {
  if (entries.length === 0) return [];
  return [heading, ...entries.flatMap((entry) => wrap(entry.replace(/\s+/g, ' ')))];
}

/** Indented lines; those after the first a little more. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = ' ';
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = '   ';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
