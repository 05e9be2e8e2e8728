import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../base/index.ts';
import type { FleetWorker } from '../launcher/index.ts';
import { readClientAccess, remindOfToken } from './client-access.ts';
import { chooseFleetAccess, exposureFlags } from './fleet-access.ts';
import { describeOwnProgram } from './own-program.ts';
import { isLoopback, readServerAccess } from './server-access.ts';
import type { Shell } from './shell.ts';

const command = 'proctor task-controller';
let folder = '';
beforeAll(async () => (folder = await mkdtemp(path.join(tmpdir(), 'proctor-access-'))));
afterAll(() => rm(folder, { recursive: true }));

function shellWith(environment: Shell['environment'] = {}): Shell {
  const stream = new PassThrough();
  return {
    environment,
    folder,
    stdin: stream,
    stdout: stream,
    stderr: stream,
    clock: systemClock,
    secrets: [],
    ownCommand: { command: 'node', arguments: ['main.js'] },
  };
}

describe('the token', () => {
  it('comes from the flag before the variable, and is a secret from then on', () => {
    const shell = shellWith({ PROCTOR_TOKEN: 'of-the-environment' });
    expect(readClientAccess({}, { shell, command }).token).toBe('of-the-environment');
    expect(readClientAccess({ token: 'of-the-flag' }, { shell, command }).token).toBe('of-the-flag');
    expect(shell.secrets).toEqual(['of-the-environment', 'of-the-flag']);
    expect(readClientAccess({}, { shell: shellWith(), command }).token).toBeUndefined();
  });

  it.each([
    ['', {}, /^--token is empty$/],
    [undefined, { PROCTOR_TOKEN: '' }, /^PROCTOR_TOKEN is empty$/],
    ['two words', {}, /^--token has characters/],
    ['line\nbreak', {}, /^--token has characters/],
    ['schlüssel', {}, /^--token has characters/],
  ])('%j with %j is wrong usage, and is not shown', (token, environment, message) => {
    const options = token === undefined ? {} : { token };
    const read = () => readClientAccess(options, { shell: shellWith(environment), command });
    expect(read).toThrow(expect.objectContaining({ code: 'usage-invalid' }));
    expect(read).toThrow(message);
  });

  it('goes to started programs by the environment alone', () => {
    const shell = shellWith({ PATH: '/bin', PROCTOR_TOKEN: 'of-the-environment' });
    const own = describeOwnProgram(shell, 'info', { token: 'of-the-flag' });
    expect(own.environment).toEqual({ PATH: '/bin', PROCTOR_TOKEN: 'of-the-flag' });
    expect(JSON.stringify(own.arguments)).not.toContain('of-the-flag');
    expect(describeOwnProgram(shell, 'info').environment['PROCTOR_TOKEN']).toBeUndefined();
  });

  it('is spoken of, but not shown, where a command is to be given again', () => {
    expect(remindOfToken({ token: 'of-the-flag' })).toMatch(/same --token/);
    expect(remindOfToken({ token: 'of-the-flag' })).not.toContain('of-the-flag');
    expect(remindOfToken({})).toBe('');
  });
});

describe('the address that a server listens on', () => {
  it.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'])(
    '%s is this machine’s alone',
    (host) => expect(isLoopback(host)).toBe(true),
  );

  it.each(['0.0.0.0', '::', '192.168.1.5', '1270.0.0.1', '127.example.org', 'example.org', '', '::2'])(
    '"%s" may be reached by others',
    (host) => expect(isLoopback(host)).toBe(false),
  );

  const read = (options: object, environment: Shell['environment'] = {}) =>
    readServerAccess(
      { host: '127.0.0.1', maxBody: '64', ...options },
      { shell: shellWith(environment), command },
    );

  it('wants a token, or the word of its owner, where others may reach it', () => {
    expect(() => read({ host: '0.0.0.0' })).toThrow(expect.objectContaining({ code: 'address-exposed' }));
    expect(read({ host: '0.0.0.0' }, { PROCTOR_TOKEN: 'secret' }).server.token).toBe('secret');
    expect(read({ host: '0.0.0.0', token: 'secret' }).warning).toBeUndefined();
    expect(read({ host: '0.0.0.0', insecure: true }).warning).toMatch(/0\.0\.0\.0.*no token/);
    expect(read({}).warning).toBeUndefined();
  });

  it('takes certificate and key together, and says which file is of no use', () => {
    writeFileSync(path.join(folder, 'cert.pem'), 'CERT');
    writeFileSync(path.join(folder, 'key.pem'), 'KEY');
    const both = read({ tlsCert: 'cert.pem', tlsKey: 'key.pem' });
    expect([both.scheme, both.server.tls]).toEqual(['https', { certificate: 'CERT', key: 'KEY' }]);
    expect(read({}).scheme).toBe('http');
    expect(() => read({ tlsCert: 'cert.pem' })).toThrow(/--tls-cert is given without --tls-key/);
    expect(() => read({ tlsKey: 'key.pem' })).toThrow(/--tls-key is given without --tls-cert/);
    expect(() => read({ tlsCert: 'none.pem', tlsKey: 'key.pem' })).toThrow(/--tls-cert is "none\.pem"/);
    expect(() => read({ tlsCa: 'cert.pem' })).toThrow(/--tls-ca is "cert\.pem", which holds no certificate/);
  });

  it('bounds requests by --max-body', () => {
    expect(read({ maxBody: '2' }).server.limits).toEqual({ bodyBytes: 2 * 2 ** 20 });
    expect(() => read({ maxBody: '0' })).toThrow(/--max-body is "0"/);
  });
});

describe('programs that are started together', () => {
  const worker = (program: 'own' | 'python', hasContainer: boolean): FleetWorker => ({
    launch: {
      task: `${program} task`,
      port: 5001,
      label: program,
      program,
      ...(hasContainer ? { docker: { image: 'i', command: '' } } : {}),
    },
    configFile: 'tasks.yaml',
    listedName: program,
  });
  const base = { token: undefined, insecure: false, startsController: true, command: 'proctor run' };
  const exposed = expect.objectContaining({ code: 'address-exposed' }) as Error;

  it('on this machine alone need no token', () => {
    const workers = [worker('own', false), worker('python', false)];
    expect(chooseFleetAccess({ ...base, workers })).toEqual({ token: undefined, isMade: false });
  });

  it('in containers get a token of their own, another one each time', () => {
    const workers = [worker('own', true)];
    const [first, second] = [
      chooseFleetAccess({ ...base, workers }),
      chooseFleetAccess({ ...base, workers }),
    ];
    expect(first.isMade).toBe(true);
    expect(first.token).toMatch(/^[\w-]{32}$/);
    expect(first.token).not.toBe(second.token);
    expect(chooseFleetAccess({ ...base, workers, token: 'mine' })).toEqual({ token: 'mine', isMade: false });
    expect(() => chooseFleetAccess({ ...base, workers, startsController: false })).toThrow(exposed);
  });

  it('by Python in containers only by the word of their owner', () => {
    const workers = [worker('python', true)];
    expect(() => chooseFleetAccess({ ...base, workers })).toThrow(exposed);
    expect(() => chooseFleetAccess({ ...base, workers })).toThrow(/Python workers of python task cannot/);
    const access = chooseFleetAccess({ ...base, workers, insecure: true });
    expect(access).toMatchObject({ token: undefined, warning: /no token protects it/ });
    const own = describeOwnProgram(shellWith(), 'info');
    expect(exposureFlags('0.0.0.0', own)).toEqual(['--insecure']);
    expect(exposureFlags('127.0.0.1', own)).toEqual([]);
  });

  it('by Python take no token, since its workers cannot send one', () => {
    const workers = [worker('python', false)];
    expect(() => chooseFleetAccess({ ...base, workers, token: 'mine' })).toThrow(/cannot send a token/);
  });
});
