import { swarm } from './swarm.js';

swarm('zab');
