// An organisation's identity provider, for the tests: oidc-provider as it comes, with a sign-in
// form that takes any name, or "SUB=NAME" for somebody who is SUB for good and called NAME now.
// On demand it hands out ID tokens that do not hold, each signed with
// its real key, so that only what is wrong about them can be the reason why one is refused.
//
//   node provider.mjs PORT LAB [JWK]     prints "ready" when it answers
//
// LAB is the lab's address; JWK the lab's public key, for the client that proves itself by it.

import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { SignJWT, UnsecuredJWT, decodeJwt, exportJWK, importJWK } from "jose";
import { Provider } from "oidc-provider";

const [port, lab, labKey] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const key = () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const [own, foreign] = [key(), key()];
const jwk = { ...(await exportJWK(own)), kid: "own", use: "sig", alg: "RS256" };

const client = (id, name, more) => ({
  client_id: id,
  redirect_uris: [`${lab}/hub/openid/${name}/callback`],
  post_logout_redirect_uris: [`${lab}/hub/openid/${name}/signed-out`],
  response_types: ["code"],
  grant_types: ["authorization_code"],
  ...more,
});

const called = new Map(); // what somebody is called by now, where that is not what they are

const provider = new Provider(issuer, {
  clients: [
    client("polderlab", "rivierstad", { client_secret: "a secret: of the tests/+" }),
    ...(labKey
      ? [
          client("polderlab-by-key", "by-key", {
            token_endpoint_auth_method: "private_key_jwt",
            token_endpoint_auth_signing_alg: "ES256",
            jwks: { keys: [JSON.parse(labKey)] },
          }),
        ]
      : []),
  ],
  jwks: { keys: [jwk] },
  cookies: { keys: [randomBytes(16).toString("hex")] },
  pkce: { required: () => true },
  claims: { openid: ["sub"], profile: ["preferred_username", "home_organisation", "amr"] },
  conformIdTokenClaims: false,
  acrValues: ["urn:lab:two"],
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  // What may be told is settled between the organisation and the lab, not asked of people.
  async loadExistingGrant(ctx) {
    const { accountId } = ctx.oidc.session;
    const grant = new provider.Grant({ accountId, clientId: ctx.oidc.client.clientId });
    grant.addOIDCScope("openid profile");
    await grant.save();
    return grant;
  },
  async findAccount(_, id) {
    const claims = {
      sub: id,
      preferred_username: called.get(id) ?? id,
      home_organisation: "rivierstad.example",
    };
    return { accountId: id, claims: () => claims };
  },
});

let mischief = "";
const now = () => Math.floor(Date.now() / 1000);
const spoilt = {
  "": (claims) => claims,
  expired: (claims) => ({ ...claims, iat: now() - 7200, exp: now() - 3600 }),
  audience: (claims) => ({ ...claims, aud: "another-application" }),
  nonce: (claims) => ({ ...claims, nonce: "of another sign-in" }),
  issuer: (claims) => ({ ...claims, iss: "http://127.0.0.1:1" }),
  forged: (claims) => ({ ...claims, preferred_username: "waterdienst-admin" }),
  unsigned: (claims) => claims,
};

provider.use(async (ctx, next) => {
  await next();
  if (ctx.oidc?.route !== "token" || !ctx.body?.id_token) return;
  const claims = spoilt[mischief](decodeJwt(ctx.body.id_token));
  if (mischief === "unsigned") {
    const [, body] = new UnsecuredJWT(claims).encode().split(".");
    const head = Buffer.from('{"alg":"none","kid":"own"}').toString("base64url");
    ctx.body.id_token = `${head}.${body}.`;
  } else {
    const signer = mischief === "forged" ? foreign : await importJWK(jwk, "RS256");
    ctx.body.id_token = await new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256", kid: "own" })
      .sign(signer);
  }
});

const form = `<!doctype html><html lang="en"><title>Rivierstad: sign in</title>
<h1>Rivierstad</h1><form method="post"><label>Name <input name="name" required autofocus></label>
<label><input type="checkbox" name="factor" value="mfa"> with a second factor</label>
<button>Continue</button></form></html>`;

async function interaction(request, response) {
  if (request.method === "GET") {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    return response.end(form);
  }
  let body = "";
  for await (const chunk of request) body += chunk;
  const sent = new URLSearchParams(body);
  const [accountId, name = accountId] = sent.get("name").split("=");
  called.set(accountId, name);
  const login = {
    accountId,
    amr: ["pwd", sent.get("factor")].filter(Boolean),
  };
  return provider.interactionFinished(request, response, { login });
}

const serve = provider.callback();
createServer((request, response) => {
  const url = new URL(request.url, issuer);
  if (url.pathname === "/mischief") {
    mischief = url.searchParams.get("kind");
    return response.writeHead(mischief in spoilt ? 204 : 400).end();
  }
  const page = url.pathname.startsWith("/interaction/") ? interaction : serve;
  return Promise.resolve(page(request, response)).catch((error) => {
    response.writeHead(400).end(String(error));
  });
}).listen(port, "127.0.0.1", () => console.log("ready"));
