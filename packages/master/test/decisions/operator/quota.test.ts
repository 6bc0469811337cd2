import test from 'ava';
import { approveAll, completeFlags } from '@mesos-ts/daemon';
import { updateQuota } from '../../../src/decisions/operator/quota.ts';
import { Turn } from '../../../src/decisions/turn.ts';
import { masterFlags, settingsOf } from '../../../src/flags.ts';
import { Cluster } from '../../../src/state/cluster.ts';
import type { QuotaConfig } from '@mesos-ts/protocol';

async function update(config: QuotaConfig): Promise<[number, string | undefined]> {
  const settings = settingsOf(completeFlags(masterFlags, { roles: ['eng', 'eng/a', 'b c'] }));
  const turn = new Turn(new Cluster({ id: 'M', ip: 0, port: 1 }, settings), settings, 0, false);
  const { status, text } = await updateQuota(turn, approveAll, { configs: [config], force: false });
  return [status, text];
}

test('a quota that makes no sense is refused with what is wrong with it', async (t) => {
  const refusals: [QuotaConfig, string][] = [
    [{ role: 'ops' }, "Invalid QuotaConfig: 'ops' is not on the roles whitelist"],
    [{ role: 'eng/a' }, "Updating quota on nested role 'eng/a' is not supported yet"],
    [
      { role: 'eng', guarantees: { cpus: { value: 2 } }, limits: { cpus: { value: 1 } } },
      "Invalid QuotaConfig: 'QuotaConfig.guarantees' { cpus: 2 } is not contained within the 'QuotaConfig.limits' { cpus: 1 }",
    ],
    [
      { role: 'eng', limits: { cpus: { value: -1 } } },
      "Invalid QuotaConfig: Invalid limit configuration {'cpus': -1}: Negative values not supported",
    ],
    [
      { role: 'eng', guarantees: { cpus: { value: 1e13 } } },
      "Invalid QuotaConfig: Invalid 'QuotaConfig.guarantees': {'cpus': 10000000000000} is invalid: " +
        'values greater than 1 trillion (1000000000000) are not supported',
    ],
  ];
  for (const [config, text] of refusals) t.deepEqual(await update(config), [400, text]);
  t.regex((await update({ role: 'b c' }))[1] ?? '', /^Invalid QuotaConfig: Invalid 'QuotaConfig.role': /);
});
