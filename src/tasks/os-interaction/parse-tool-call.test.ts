import { describe, expect, it } from 'vitest';
import type { ToolCall } from '../../protocol/index.ts';
import { parseToolCall } from './parse-tool-call.ts';

const inText = (content: string) => parseToolCall({ status: 'normal', content });
const asCalls = (...calls: readonly Omit<ToolCall, 'id'>[]) =>
  parseToolCall({
    status: 'normal',
    content: '',
    toolCalls: calls.map((call, place) => ({ ...call, id: `call-${place}` })),
  });
const failed = { kind: 'invalid', status: 'agent validation failed' };

describe('parseToolCall', () => {
  it('reads a call that is written as text', () => {
    expect(inText('I look.\n{"tool": "bash_action", "arguments": {"script": "ls {a,b}"}}')).toEqual({
      kind: 'bash',
      script: 'ls {a,b}',
    });
    expect(inText('```json\n{"tool": "finish_action", "arguments": {"thought": "it is"}}\n```')).toEqual({
      kind: 'commit',
      answer: null,
    });
    expect(inText('{"tool": "answer_action", "arguments": {"answer": 12}}')).toEqual({
      kind: 'commit',
      answer: '12',
    });
  });

  it('reads a call of an API', () => {
    expect(asCalls({ name: 'answer_action', arguments: { answer: 'yes\nno' } })).toEqual({
      kind: 'commit',
      answer: 'yes\nno',
    });
  });

  it('takes exactly one call, with the arguments of its tool', () => {
    const finish = { name: 'finish_action', arguments: {} };
    expect(asCalls(finish, finish)).toEqual(failed);
    expect(asCalls({ name: 'bash_action', arguments: { code: 'ls' } })).toEqual(failed);
    expect(inText('Act: finish')).toEqual(failed);
    expect(inText('{"tool": "bash_action", "arguments": {"script": "ls"')).toEqual(failed);
    expect(inText('{"tool": "finish_action"} {"tool": "finish_action"}')).toEqual(failed);
  });

  it.each(['rm_action', 'toString'])('knows no tool %s', (name) => {
    expect(asCalls({ name, arguments: {} })).toEqual({ kind: 'invalid', status: 'agent invalid action' });
  });
});
