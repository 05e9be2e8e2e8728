export { MysqlEngine, type MysqlSettings } from './mysql-engine.ts';
