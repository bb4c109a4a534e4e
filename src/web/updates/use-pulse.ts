/** Reads again and again while a device is at work: how far it is is no change that is told. */
import { useEffect } from 'preact/hooks';

const EVERY_MS = 3000;

export const usePulse = (isOn: boolean, read: () => void): void =>
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(() => {
      if (!document.hidden) read();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [isOn, read]);
