/** Approves devices by a list of a spreadsheet, before they appear or after. */
import { useState } from 'preact/hooks';
import { ask } from '../api/ask.ts';
import { ownProblem, Refusal } from '../api/refusal.ts';
import type { DeviceListReport } from '../api/types.ts';
import { Form, fieldOf } from '../parts/form.tsx';
import { say } from '../parts/notice.tsx';
import { Fact, Facts } from '../parts/values.tsx';
import { text } from '../texts/language.ts';
import { DeviceTabs } from './device-tabs.tsx';

const EXAMPLE = 'name,fingerprint,uuid,serial,mac,group,tags';
/** As the manager takes them. */
const MOST_BYTES = 1_000_000;

/** Text of a file. @throws Refusal for one that is too large or not in UTF-8, as spreadsheets of some countries write them */
const readFile = async (file: File): Promise<string> => {
  if (file.size > MOST_BYTES) throw new Refusal(ownProblem('CONSOLE_FILE_LARGE', 0, file.name));
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Refusal(ownProblem('CONSOLE_FILE_TEXT', 0, file.name));
  }
};

const Report = ({ report }: { readonly report: DeviceListReport }) => (
  <section class="card" aria-live="polite">
    <h2>{text('import.report')}</h2>
    <Facts>
      <Fact name={text('import.rows')}>{report.rows}</Fact>
      <Fact name={text('import.present')}>{report.present}</Fact>
      <Fact name={text('import.waiting')}>{report.waiting}</Fact>
    </Facts>
  </section>
);

export const ListImport = () => {
  const [report, setReport] = useState<DeviceListReport | undefined>();
  const [lines, setLines] = useState('');
  return (
    <>
      <DeviceTabs current="device-lists" />
      <p class="muted">{text('import.about')}</p>
      <Form
        action={text('import.action')}
        onSend={async (fields) => {
          setReport(undefined);
          const file = fields.get('file');
          const isFile = file instanceof File && file.size > 0;
          const csv = isFile ? await readFile(file) : fieldOf(fields, 'csv');
          const found = await ask<DeviceListReport>({
            method: 'POST',
            path: '/device-lists',
            body: { csv },
          });
          setReport(found);
          say(text('import.done', { rows: found.rows }));
        }}
      >
        <label class="field">
          {text('import.file')}
          <input type="file" name="file" accept=".csv,text/csv" />
        </label>
        <label class="field">
          {text('import.text')}
          <textarea
            name="csv"
            rows={8}
            placeholder={`${EXAMPLE}\n`}
            spellcheck={false}
            value={lines}
            onInput={({ currentTarget }) => setLines(currentTarget.value)}
          />
        </label>
      </Form>
      {report !== undefined && <Report report={report} />}
    </>
  );
};
