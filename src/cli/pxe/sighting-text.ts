/** What was seen of devices, for people. */
import type { Sighting } from '../../pxe/sightings/sighting.ts';
import { formatBytes } from '../format.ts';
import type { Language, Phrase } from '../language.ts';
import { ANSWER_WORDS, SILENCE_WORDS } from './reasons.ts';

const NO_ANSWER: Phrase = { en: 'no answer', ja: '応答なし' };

/** `undionly.kpxe (TFTP)`, or that there was no answer. */
export const answerText = ({ answered, transport }: Sighting, language: Language): string =>
  answered === null ? NO_ANSWER[language] : `${answered} (${(transport ?? '').toUpperCase()})`;

/** Why; also why nothing was sent in spite of the policy. */
export const reasonText = ({ reason, silence }: Sighting, language: Language): string =>
  [
    ...(reason === null ? [] : [ANSWER_WORDS[reason][language]]),
    ...(silence === null || silence === 'policy' ? [] : [SILENCE_WORDS[silence][language]]),
  ].join('; ');

/** `image 45 %`, `failed IMAGE_NOT_FOUND`, `done golden@1234abcd, …` of a capture; empty without a Merlin. */
export const merlinText = ({ merlin }: Sighting): string => {
  if (merlin === null) return '';
  const { phase, doneBytes, totalBytes, code, message } = merlin;
  if (code !== null) return `${phase} ${code}`;
  if (phase === 'done' && message !== '') return `${phase} ${message}`;
  return totalBytes === 0 ? phase : `${phase} ${Math.floor((doneBytes * 100) / totalBytes)} %`;
};

/** The same with bytes. */
export const merlinBytesText = (seen: Sighting): string => {
  const { merlin } = seen;
  if (merlin === null || merlin.totalBytes === 0) return merlinText(seen);
  return `${merlinText(seen)} (${formatBytes(merlin.doneBytes)} / ${formatBytes(merlin.totalBytes)})`;
};
