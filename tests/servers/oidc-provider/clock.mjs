// A server whose clock is ahead: every Date in the process, oidc-provider's and jose's, is shifted.
// Imported before everything else.

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
