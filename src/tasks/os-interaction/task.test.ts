import { coerceError, silentLogger, systemClock } from '../../base/index.ts';
import { chooseDriver } from '../../sandbox/index.ts';
import { describeOracle } from './oracle.suite.ts';
import { describePlays } from './plays.suite.ts';

const fixture = { sandbox: { driver: 'bubblewrap' }, skip: await whyNoSandbox() };

describePlays('bubblewrap', fixture);
describeOracle('bubblewrap', fixture);

async function whyNoSandbox(): Promise<string | undefined> {
  try {
    const driver = await chooseDriver({ driver: 'bubblewrap', clock: systemClock, log: silentLogger });
    await driver.release();
    return undefined;
  } catch (error) {
    return coerceError(error).message;
  }
}
