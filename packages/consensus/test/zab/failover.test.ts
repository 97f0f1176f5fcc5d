import { zab } from '../../src/index.js';
import { describeFailover } from '../support/failover.js';

describeFailover(zab);
