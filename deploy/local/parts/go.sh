# Finding a Go that is new enough for the checks of deployment files; where the system's own is older, it fetches one.

GO_MODULE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../../tests/deploy" && pwd)/go.mod

# Prints a Go of version 1.21 or later, which fetches the version that a module asks for by itself; else the Go that
# `go_fetch` has put among the modules.
go_program() {
  local program
  if ! command -v go >/dev/null; then return 1; fi
  if go_is_new "$(go env GOVERSION)"; then
    printf 'go\n'
    return 0
  fi
  program=$(go env GOMODCACHE)/$(go_toolchain)/bin/go
  if [ ! -x "$program" ]; then return 1; fi
  printf '%s\n' "$program"
}

go_is_new() { # VERSION: go1.26.8
  [[ $1 =~ 1\.([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 21 ]
}

# The wanted Go as a module: so do newer ones fetch each other, and an older one checks its sum as that of any module.
go_toolchain() {
  printf 'golang.org/toolchain@v0.0.1-go%s.%s-%s\n' "$(sed -n 's/^go //p' "$GO_MODULE")" "$(go env GOHOSTOS)" "$(go env GOHOSTARCH)"
}

go_fetch() {
  local module folder
  module=$(go_toolchain)
  # A folder without a go.mod: an older Go cannot read the one of the checks.
  (cd / && GOFLAGS=-mod=mod go mod download "$module") || return 1
  folder=$(go env GOMODCACHE)/$module
  # An older Go lays all files of a module down as not to be run.
  chmod -R u+w "$folder" && chmod u+x "$folder"/bin/* "$folder"/pkg/tool/*/*
}
