// Shifts every Date in the process, including those of oidc-provider and jose, to simulate a clock that is ahead.
// Must be imported first.

const RealDate = Date;

export const realNow = () => RealDate.now();

export function shiftClock(seconds) {
  const shift = seconds * 1000;
  globalThis.Date = class extends RealDate {
    constructor(...args) {
      super(...(args.length === 0 ? [RealDate.now() + shift] : args));
    }

    static now() {
      return RealDate.now() + shift;
    }
  };
}
