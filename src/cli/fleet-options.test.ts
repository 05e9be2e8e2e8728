import { describe, expect, it } from 'vitest';
import { fleetTimeWords, readFleetTimes } from './fleet-options.ts';

describe('readFleetTimes', () => {
  it('passes on to the controller what is given, and nothing else', () => {
    expect(readFleetTimes({ stuckAfter: '45s' }, 'proctor run')).toEqual({
      stuckAfterMs: 45_000,
      controllerFlags: [],
    });
    const times = readFleetTimes(
      { stuckAfter: '1m', sessionTimeout: '5m', stepTimeout: '90' },
      'proctor run',
    );
    expect(times).toEqual({
      stuckAfterMs: 60_000,
      controllerFlags: ['--session-timeout', '5m', '--step-timeout', '90'],
    });
  });

  it.each(['stuckAfter', 'sessionTimeout', 'stepTimeout'])('refuses a %s that is no duration', (name) => {
    const options = { stuckAfter: '30s', [name]: 'soon' };
    expect(() => readFleetTimes(options, 'proctor run')).toThrow(/^--[a-z-]+ is "soon"/);
  });
});

it('the words to go on with say what was given, and no defaults', () => {
  expect(fleetTimeWords({ stuckAfter: '30s' })).toEqual([]);
  expect(fleetTimeWords({ stuckAfter: '1m', sessionTimeout: '5m', stepTimeout: '90' })).toEqual([
    '--stuck-after',
    '1m',
    '--session-timeout',
    '5m',
    '--step-timeout',
    '90',
  ]);
});
