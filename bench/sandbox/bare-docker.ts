import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import type { BareBash } from './subject.ts';

const waiting = ['/bin/bash', '-c', 'trap "exit 0" TERM; while :; do sleep 1000 & wait; done'];

/** What a hand would write: a container that waits, and one program in it. Gives what removes it. */
export async function startBareContainer(docker: Docker, image: string): Promise<() => Promise<void>> {
  const container = await docker.createContainer({
    Image: image,
    Cmd: waiting,
    HostConfig: { NetworkMode: 'none', Memory: 2 ** 29, PidsLimit: 256, NanoCpus: 1e9 },
  });
  await container.start();
  const exec = await container.exec({ Cmd: ['true'], AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({ hijack: true });
  stream.resume();
  await once(stream, 'end');
  return async () => void (await container.remove({ force: true, v: true }));
}

/** A bash kept open in an exec; each command is followed by a mark. */
export async function startBashInContainer(docker: Docker, image: string): Promise<BareBash> {
  const container = await docker.createContainer({
    Image: image,
    Cmd: waiting,
    HostConfig: { NetworkMode: 'none' },
  });
  await container.start();
  const exec = await container.exec({
    Cmd: ['/bin/bash', '--noprofile', '--norc'],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream: Duplex = await exec.start({ hijack: true, stdin: true });
  return {
    async run(command) {
      stream.write(`${command}\necho "done $?"\n`);
      let printed = '';
      while (!printed.endsWith('\n')) printed += String((await once(stream, 'data'))[0]);
    },
    end: () => {
      stream.destroy();
      void container.remove({ force: true, v: true });
    },
  };
}
