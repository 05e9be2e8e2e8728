export { BubblewrapDriver } from './bubblewrap-driver.ts';
