export { Recording } from './recording.ts';
