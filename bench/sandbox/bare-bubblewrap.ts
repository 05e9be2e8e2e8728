import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rmdir } from 'node:fs/promises';
import path from 'node:path';
import type { BareBash } from './subject.ts';

/** What a hand would write: an overlay with a throw-away layer over the host's root, and one program in name spaces of its own. */
const script = `mount -t tmpfs tmpfs "$1" && mkdir "$1/up" "$1/work" "$1/root" &&
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" "$1/root" &&
exec bwrap --bind "$1/root" / --proc /proc --dev /dev --tmpfs /tmp --unshare-all --die-with-parent --new-session --clearenv \\
  --cap-drop ALL -- /bin/true`;

/** Starts a sandbox by bwrap alone, runs one program in it and waits for its end, which is the sandbox's too. */
export async function startBareBubblewrap(scratch: string): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(scratch, 'bare-'));
  const child = spawn('unshare', ['-m', '/bin/sh', '-c', script, 'bare', folder], { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`bwrap by itself ended with exit code ${code}`);
  return () => rmdir(folder);
}

/** A bash over a pipe, without a sandbox; each command is followed by a mark. */
export function startBareBash(): BareBash {
  const child = spawn('/bin/bash', ['--noprofile', '--norc'], { stdio: ['pipe', 'pipe', 'ignore'] });
  return {
    async run(command) {
      child.stdin.write(`${command}\necho "done $?"\n`);
      let printed = '';
      while (!printed.endsWith('\n')) printed += String((await once(child.stdout, 'data'))[0]);
    },
    end: () => child.stdin.end(),
  };
}
