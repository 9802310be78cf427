#!/bin/sh
# Lists families, sends the first guardian who can get one a link by email, and waits for what becomes of it.
# OFFICE_URL is the origin of the Office Portal, OFFICE_TOKEN an API token with FAMILIES_READ and PASSWORD_RESET_SEND.
# Needs curl and jq. The token goes to curl by a file descriptor: arguments are seen by everybody on the machine.
set -eu

ask() { # document, variables as JSON
    jq -n --arg query "$1" --argjson variables "$2" '{query: $query, variables: $variables}' |
        curl -sS --fail-with-body "$OFFICE_URL/graphql" -H 'Content-Type: application/json' -H 'Accept: application/graphql-response+json' \
            -K /dev/fd/3 -d @- 3<<END
header = "Authorization: Bearer $OFFICE_TOKEN"
END
}

families=$(ask 'query($n: Int!) { families(first: $n) { edges { node { name guardians { id name passwordResetOptions { channel available } } } } } }' '{"n": 50}')
echo "$families" | jq -r '.data.families.edges[].node | "family \(.name): \([.guardians[].name] | join(", "))"'
guardian=$(echo "$families" | jq -r 'first(.data.families.edges[].node.guardians[] | select(any(.passwordResetOptions[]; .channel == "EMAIL" and .available)) | .id)')

# One key for one intention: who gets no answer sends the same again, and nothing is sent twice.
key=$(cat /proc/sys/kernel/random/uuid)
input=$(jq -n --arg guardian "$guardian" --arg key "$key" '{input: {guardianId: $guardian, channel: "EMAIL", idempotencyKey: $key}}')
sent=$(ask 'mutation($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { request { id } errors { code message } } }' "$input")
id=$(echo "$sent" | jq -r '.data.requestPasswordReset.request.id // empty')
[ -n "$id" ] || { echo "refused: $sent"; exit 1; }

for pause in 1 1 2 4 8 15; do
    outcome=$(ask 'query($id: ID!) { node(id: $id) { ... on PasswordResetRequest { state delivery } } }' "{\"id\": \"$id\"}" | jq -r '.data.node | "\(.delivery) \(.state)"')
    case $outcome in QUEUED* | SENDING*) sleep $pause ;; *) break ;; esac
done
echo "outcome $outcome"
