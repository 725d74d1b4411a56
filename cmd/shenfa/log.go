package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"shenfa/internal/ledger"
	"shenfa/internal/vault"
)

func logCommand() *cobra.Command {
	c := &cobra.Command{Use: "log", Short: "the ledger of everything that happened"}
	c.AddCommand(logVerifyCommand(), logKeyCommand())
	return c
}

// logVerifyCommand verifies without a server, a network or the program that wrote
// the log: the file, the public key and any kept checkpoints are all it takes.
func logVerifyCommand() *cobra.Command {
	var key, language string
	var anchors []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify FILE",
		Short: "verify an exported ledger offline: 0 intact, 1 not",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if key == "" {
				return errors.New("--key is required: the public key of the ledger, kept apart from the export (see shenfa log key)")
			}
			verifier, err := note.NewVerifier(key)
			if err != nil {
				return fmt.Errorf("--key: %w", err)
			}
			trust := ledger.Trust{Keys: []string{key}}
			for _, name := range anchors {
				raw, err := os.ReadFile(name)
				if err != nil {
					return fmt.Errorf("--anchor: %w", err)
				}
				checkpoint, err := ledger.OpenCheckpoint(raw, verifier)
				if err != nil {
					return fmt.Errorf("--anchor %s: %w", name, err)
				}
				trust.Anchors = append(trust.Anchors, checkpoint)
			}
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			report, err := ledger.VerifyExport(f, trust)
			if err != nil {
				return err
			}
			if asJSON {
				err = json.NewEncoder(c.OutOrStdout()).Encode(report)
			} else {
				_, err = fmt.Fprintln(c.OutOrStdout(), report.Text(language))
			}
			if err == nil && !report.Verified {
				err = exit(1)
			}
			return err
		},
	}
	c.Flags().StringVar(&key, "key", os.Getenv("SHENFA_LOG_KEY"), "public `key` of the ledger (SHENFA_LOG_KEY)")
	c.Flags().StringArrayVar(&anchors, "anchor", nil, "`file` with a checkpoint kept apart; may be given more than once")
	c.Flags().StringVar(&language, "lang", "zh", "`zh` or en")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func logKeyCommand() *cobra.Command {
	var keys string
	c := &cobra.Command{
		Use:   "key",
		Short: "print the public key of the ledger, to be kept apart",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			v, err := vault.Open(keys)
			if err != nil {
				return err
			}
			key, err := v.LogVerifierKey(ledgerOrigin)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), key)
			return err
		},
	}
	c.Flags().StringVar(&keys, "keys", "data/keys", "`directory` of the keys")
	return c
}
