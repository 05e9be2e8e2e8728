import type { ValidationEntry } from './validation-detail.ts';

interface JsonFault {
  readonly message: string;
  readonly position: number;
}

/** Says where a text stops being JSON, in the words and at the position that Python's parser gives. */
export function describeJsonFault(text: string): readonly ValidationEntry[] {
  const fault = findFault(text);
  const { message } = fault;
  const before = text.slice(0, fault.position);
  const position = countCharacters(before);
  const lineno = before.split('\n').length;
  const colno = countCharacters(before.slice(before.lastIndexOf('\n') + 1)) + 1;
  return [
    {
      loc: ['body', position],
      msg: `${message}: line ${lineno} column ${colno} (char ${position})`,
      type: 'value_error.jsondecode',
      ctx: { msg: message, doc: text, pos: position, lineno, colno },
    },
  ];
}

/** Python counts whole characters where JavaScript counts halves of those beyond the first plane. */
function countCharacters(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}

/** A walk over the text's tokens with a stack of open brackets, so that no depth of nesting can overflow. */
function findFault(text: string): JsonFault {
  const open: ('{' | '[')[] = [];
  let state: 'value' | 'firstKey' | 'key' | 'colon' | 'firstItem' | 'after' = 'value';
  let position = skipBlanks(text, 0);
  const at = (message: string): JsonFault => ({ message, position });
  for (;;) {
    const character = text[position];
    if (state === 'after') {
      const container = open.at(-1);
      if (container === undefined) return at('Extra data');
      if (character === (container === '{' ? '}' : ']')) open.pop();
      else if (character === ',') state = container === '{' ? 'key' : 'value';
      else return at("Expecting ',' delimiter");
      position++;
    } else if (state === 'colon') {
      if (character !== ':') return at("Expecting ':' delimiter");
      position++;
      state = 'value';
    } else if ((state === 'firstKey' && character === '}') || (state === 'firstItem' && character === ']')) {
      open.pop();
      position++;
      state = 'after';
    } else if (state === 'firstKey' || state === 'key') {
      if (character !== '"') return at('Expecting property name enclosed in double quotes');
      const end = readString(text, position);
      if (typeof end !== 'number') return end;
      position = end;
      state = 'colon';
    } else if (character === '{' || character === '[') {
      open.push(character);
      position++;
      state = character === '{' ? 'firstKey' : 'firstItem';
    } else {
      const end = readScalar(text, position);
      if (typeof end !== 'number') return end;
      position = end;
      state = 'after';
    }
    position = skipBlanks(text, position);
  }
}

function skipBlanks(text: string, from: number): number {
  let position = from;
  while (position < text.length && ' \t\n\r'.includes(text.charAt(position))) position++;
  return position;
}

const scalar = /-?(?:Infinity|(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|NaN|null|true|false/y;

function readScalar(text: string, from: number): number | JsonFault {
  if (text[from] === '"') return readString(text, from);
  scalar.lastIndex = from;
  return scalar.test(text) ? scalar.lastIndex : { message: 'Expecting value', position: from };
}

function readString(text: string, from: number): number | JsonFault {
  for (let position = from + 1; position < text.length; position++) {
    const character = text.charAt(position);
    if (character === '"') return position + 1;
    if (character < ' ') return { message: 'Invalid control character at', position };
    if (character !== '\\') continue;
    const escape = text.charAt(position + 1);
    if (escape === '') break;
    if (escape === 'u') {
      if (!/^[0-9a-fA-F]{4}/.test(text.slice(position + 2, position + 6)))
        return { message: 'Invalid \\uXXXX escape', position: position + 1 };
      position += 5;
    } else if ('"\\/bfnrt'.includes(escape)) position++;
    else return { message: 'Invalid \\escape', position };
  }
  return { message: 'Unterminated string starting at', position: from };
}
