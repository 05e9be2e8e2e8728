export { pythonFloat, pythonList, sameSet, sameValue } from './compare.ts';
export { pythonValue } from './from-json.ts';
export { parsePythonLiteral, type PythonValue } from './literal.ts';
export { representBytes, representFloat, representString } from './represent.ts';
