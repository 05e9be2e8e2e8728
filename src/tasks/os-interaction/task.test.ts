import { coerceError, silentLogger, systemClock } from '../../base/index.ts';
import { chooseDriver } from '../../sandbox/index.ts';
import { describeOracle, describeOwnProblems } from './oracle.suite.ts';
import { describePlays } from './plays.suite.ts';

const fixture = {
  sandbox: () => ({ driver: 'bubblewrap' }),
  skip: await whyNoSandbox(),
  notPlayableHere: {
    'dev-001-dev-00024': 'it makes a second user, and a name space of one user has none',
    'std-004-N37-00000':
      'its example fails where /usr has folders that root may not enter without its rights',
  },
};

describePlays('bubblewrap', fixture);
describeOracle('bubblewrap', fixture);
describeOwnProblems('bubblewrap', fixture);

/** In CI there must be one. */
async function whyNoSandbox(): Promise<string | undefined> {
  if (process.env['CI']) return undefined;
  try {
    const driver = await chooseDriver({ driver: 'bubblewrap', clock: systemClock, log: silentLogger });
    await driver.release();
    return undefined;
  } catch (error) {
    return coerceError(error).message;
  }
}
