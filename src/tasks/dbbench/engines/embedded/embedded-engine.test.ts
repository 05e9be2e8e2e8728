import { systemClock } from '../../../../base/index.ts';
import { describeEngine } from '../engine.suite.ts';
import { EmbeddedEngine } from './index.ts';

describeEngine('embedded', {
  open: async (settings) => new EmbeddedEngine({ ...settings, clock: systemClock }),
});
