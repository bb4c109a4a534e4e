/** What somebody types, asked for when they pause. */
import { useEffect, useRef } from 'preact/hooks';
import { askHere } from '../place/place.ts';

/** After the last key: the manager is not asked at each of them. */
const TYPED_MS = 250;

/** @param name in the query of the place. @returns what is called at each key */
export const useTyped = (name: string): ((value: string) => void) => {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (value) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => askHere({ [name]: value.trim() || undefined }), TYPED_MS);
  };
};
