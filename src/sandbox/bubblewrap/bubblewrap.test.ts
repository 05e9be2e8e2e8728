import { spawnSync } from 'node:child_process';
import { systemClock } from '../../base/index.ts';
import { describeIsolation } from '../isolation.suite.ts';
import { describeSandbox } from '../sandbox.suite.ts';
import { BubblewrapDriver } from './bubblewrap-driver.ts';

const missing = spawnSync('bwrap', ['--version']).error
  ? 'bwrap is not installed; on Debian: apt-get install bubblewrap'
  : undefined;
/** In CI it must be there. */
const skip = process.env['CI'] ? undefined : missing;

const open = () => BubblewrapDriver.open(systemClock);

describeSandbox('bubblewrap', { open, image: 'host', skip });
describeIsolation('bubblewrap', { open, image: 'host', skip, fullDisk: 'refused' });
