/** A clock that is a second later each time it is asked. */
export const steppingClock = (): (() => Date) => {
  let time = Date.UTC(2026, 10, 21);
  return () => {
    time += 1000;
    return new Date(time);
  };
};
