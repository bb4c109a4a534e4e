/** English or Japanese, each named in itself. */
import { chooseLanguage, language } from '../texts/language.ts';

export const LanguageChoice = () => {
  const [code, name] =
    language.value === 'en' ? (['ja', '日本語'] as const) : (['en', 'English'] as const);
  return (
    <button type="button" class="plain" lang={code} onClick={() => chooseLanguage(code)}>
      {name}
    </button>
  );
};
