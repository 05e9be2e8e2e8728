export { declareCommands, type CommandSetting } from './declare-commands.ts';
