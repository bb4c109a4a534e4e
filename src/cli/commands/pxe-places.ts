/** Where the commands of `nacre pxe` find policy, data and what a running service says of itself. */
import path from 'node:path';
import type { ServicePaths } from '../../pxe/service/service-paths.ts';
import type { ServiceRecord } from '../../pxe/service/service-record.ts';
import type { Call, OptionSpec } from '../command.ts';
import { defaultData } from '../settings.ts';

const POLICY_FILE = '/etc/nacre/pxe.toml';

export const INTERFACE: OptionSpec = {
  flags: '--interface <NAME>',
  isRepeatable: true,
  text: {
    en: 'network interface, by name or address (default: the only one)',
    ja: 'ネットワークインターフェイスの名前かアドレス(既定: 1つだけの場合はそれ)',
  },
};

export const RANGE: OptionSpec = {
  flags: '--dhcp <RANGE>',
  text: {
    en: 'addresses that Nacre shall give: 10.77.0.100-10.77.0.200',
    ja: 'Nacre が配布するアドレス: 10.77.0.100-10.77.0.200',
  },
};

export const POLICY: OptionSpec = {
  flags: '--policy <FILE>',
  text: {
    en: `which device is told what (default: NACRE_POLICY, then ${POLICY_FILE})`,
    ja: `どの端末に何を渡すかのファイル(既定: NACRE_POLICY、次に ${POLICY_FILE})`,
  },
};

export const DATA: OptionSpec = {
  flags: '--data <FOLDER>',
  text: {
    en: 'where orders and what was seen are kept (default: NACRE_DATA, then of the machine or the user)',
    ja: '指示と端末の記録の保存先(既定: NACRE_DATA、次に共用または個人の場所)',
  },
};

/** Absolute. */
export const dataFolderOf = (call: Call): string =>
  path.resolve(call.text('data') ?? call.session.setting('data') ?? defaultData(call.session.edge));

/** Absolute; of the option, the setting, or the service that runs. */
export const policyFileOf = (call: Call, running?: ServiceRecord): string =>
  path.resolve(
    call.text('policy') ?? running?.policy ?? call.session.setting('policy') ?? POLICY_FILE,
  );

/** What a service with the data folder of this call says of itself. */
export const runningServiceOf = async (
  call: Call,
): Promise<{ readonly paths: ServicePaths; readonly running: ServiceRecord | undefined }> => {
  const [{ servicePaths }, { readRunningService }] = await Promise.all([
    import('../../pxe/service/service-paths.ts'),
    import('../../pxe/service/service-record.ts'),
  ]);
  const paths = servicePaths(dataFolderOf(call));
  return { paths, running: await readRunningService(paths.record) };
};
