// Any login is accepted. The login is the subject, and the email address is <login>@example.com.

const address = (login) => (login.includes('@') ? login : `${login}@example.com`);

export const accountClaims = {
  openid: ['sub'],
  email: ['email', 'email_verified'],
  profile: ['name', 'preferred_username'],
};

export const findAccount = ({ unverifiedEmails }) => (_ctx, login) => ({
  accountId: login,
  claims: () => ({
    sub: login,
    email: address(login),
    email_verified: !(unverifiedEmails ?? []).includes(address(login)),
    name: login,
    preferred_username: login,
  }),
});
