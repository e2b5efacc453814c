// Runs a health check as Argo CD does (https://argo-cd.readthedocs.io/en/stable/operator-manual/health/): the same
// interpreter with the same few libraries, the object as the global `obj`, a second of time.
//
// argocd-health SCRIPT <OBJECTS: reads a JSON array of objects, writes a JSON array of their healths.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	lua "github.com/yuin/gopher-lua"
)

type health struct {
	Status  string `json:"status"`
	Message string `json:"message"`
	Error   string `json:"error,omitempty"`
}

func main() {
	script, err := os.ReadFile(os.Args[1])
	exitOn(err)
	var objects []map[string]any
	exitOn(json.NewDecoder(os.Stdin).Decode(&objects))
	healths := make([]health, len(objects))
	for i, object := range objects {
		healths[i], err = check(string(script), object)
		if err != nil {
			healths[i].Error = err.Error()
		}
	}
	exitOn(json.NewEncoder(os.Stdout).Encode(healths))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// check runs the script for one object. Neither strings nor mathematics are there, nor anything of the system.
func check(script string, object map[string]any) (health, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	libraries := map[string]lua.LGFunction{
		lua.LoadLibName: lua.OpenPackage,
		lua.BaseLibName: lua.OpenBase,
		lua.TabLibName:  lua.OpenTable,
	}
	for _, name := range []string{lua.LoadLibName, lua.BaseLibName, lua.TabLibName} {
		open := lua.P{Fn: state.NewFunction(libraries[name]), NRet: 0, Protect: true}
		if err := state.CallByParam(open, lua.LString(name)); err != nil {
			return health{}, err
		}
	}
	bounded, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(bounded)
	state.SetGlobal("obj", value(state, object))
	if err := state.DoString(script); err != nil {
		return health{}, err
	}
	table, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return health{}, fmt.Errorf("the script returns no table but %s", state.Get(-1).Type())
	}
	return health{Status: text(table, "status"), Message: text(table, "message")}, nil
}

func text(table *lua.LTable, key string) string {
	if text, ok := table.RawGetString(key).(lua.LString); ok {
		return string(text)
	}
	return ""
}

// value makes a Lua value of a JSON value.
func value(state *lua.LState, one any) lua.LValue {
	switch one := one.(type) {
	case bool:
		return lua.LBool(one)
	case float64:
		return lua.LNumber(one)
	case string:
		return lua.LString(one)
	case []any:
		table := state.CreateTable(len(one), 0)
		for _, item := range one {
			table.Append(value(state, item))
		}
		return table
	case map[string]any:
		table := state.CreateTable(0, len(one))
		for key, item := range one {
			table.RawSetString(key, value(state, item))
		}
		return table
	}
	return lua.LNil
}
