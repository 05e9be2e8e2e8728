export { createDockerDriver, type DockerDriverSettings } from './docker-driver.ts';
