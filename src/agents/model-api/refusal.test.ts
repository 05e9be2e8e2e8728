import { describe, expect, it } from 'vitest';
import { isFinalRefusal } from './refusal.ts';

describe('isFinalRefusal', () => {
  it.each([
    [401, 'Incorrect API key provided'],
    [402, 'Payment required'],
    [403, 'forbidden'],
    [404, 'The model does not exist'],
    [429, '{"error": {"type": "insufficient_quota", "message": "check your plan and billing details"}}'],
    [400, 'Your credit balance is too low to access the API'],
    [400, 'Billing hard limit has been reached'],
  ])('takes %i %s for final', (status, body) => {
    expect(isFinalRefusal(status, body)).toBe(true);
  });

  it.each([
    [429, 'Rate limit reached: 3 requests per minute'],
    [429, 'You exceeded your current quota, please check your billing details. {"retryDelay": "20s"}'],
    [400, 'messages[0].content: the customer asks about billing'],
    [500, 'insufficient_quota'],
    [408, ''],
  ])('does not take %i %s for final', (status, body) => {
    expect(isFinalRefusal(status, body)).toBe(false);
  });
});
