import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What a `.cpuprofile` holds. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const shownFrames = 15;

/** The frames of each profile in a folder that took most time themselves, as text. */
export function readProfiles(folder: string): string {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => `\n${name}\n${describeProfile(path.join(folder, name))}`)
    .join('\n');
}

function describeProfile(file: string): string {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, nameFrame(callFrame)]));
  const micros = new Map<string, number>();
  samples.forEach((id, position) => {
    const frame = frames.get(id) ?? '(unknown)';
    if (frame !== '(idle)') micros.set(frame, (micros.get(frame) ?? 0) + (timeDeltas[position] ?? 0));
  });
  const busy = [...micros.values()].reduce((total, own) => total + own, 0);
  return [...micros]
    .sort(([, left], [, right]) => right - left)
    .slice(0, shownFrames)
    .map(([frame, own]) => `${((100 * own) / busy).toFixed(1).padStart(6)} %  ${frame}`)
    .join('\n');
}

function nameFrame(frame: CpuProfile['nodes'][number]['callFrame']): string {
  const { functionName, url, lineNumber } = frame;
  const place = url.replace(/^.*\/(node_modules|dist)\//, '$1/');
  const name = functionName === '' ? '(anonymous)' : functionName;
  return place === '' ? name : `${name}  ${place}:${lineNumber + 1}`;
}
