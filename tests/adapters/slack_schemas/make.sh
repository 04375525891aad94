#!/usr/bin/env bash
# JSON Schemas of the calls that the bot makes, out of Slack's own TypeScript types: tests/adapters/slack_schemas/make.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/types.ts" "$work"
cd "$work"
npm init --yes >/dev/null
npm install --silent @slack/web-api@8.2.0 @slack/types@3.2.0 ts-json-schema-generator@2.4.0
cat >tsconfig.json <<'JSON'
{"compilerOptions": {"target": "es2022", "module": "nodenext", "moduleResolution": "nodenext", "strict": true, "skipLibCheck": true}, "files": ["types.ts"]}
JSON
for type in $(grep -o '[A-Za-z]*Arguments' types.ts); do
  npx ts-json-schema-generator --path types.ts --tsconfig tsconfig.json --type "$type" --no-type-check --minify --out "$type.json"
done
node -e '
  // One file: the definitions are shared, and what only explains is left out.
  const fs = require("fs"), definitions = {};
  for (const file of fs.readdirSync(".").filter(name => name.endsWith("Arguments.json")))
    Object.assign(definitions, JSON.parse(fs.readFileSync(file)).definitions);
  const told = (key, value) => (typeof value === "string" && ["description", "deprecated"].includes(key)) ? undefined : value;
  fs.writeFileSync(process.argv[1], JSON.stringify({definitions}, told, 1) + "\n");
' "$here/calls.json"
