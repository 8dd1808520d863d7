package commands

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"vns3/commands/files"
	"vns3/commands/view"
	"vns3/control"
)

func (a *app) check() *cobra.Command {
	var fileOnly bool
	cmd := a.reads(&cobra.Command{
		Use: "check", Short: "Ask the doctor what works and what does not", Args: noArguments,
		Long: `Tests the configuration file: everything that is wrong with it, at once, touching nothing. With an engine running it is also the doctor: for each peer and client server it says what works and what does not, verdict and remedy first, the evidence below.

Exit code 1 on an error, 0 on warnings.`,
		Example: "  vns3 check\n  vns3 check --config new.toml --file-only",
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := a.examine(cmd.Context(), fileOnly)
			if err != nil {
				return err
			}
			if err := a.answer(report, view.Report(report)); err != nil {
				return err
			}
			if !report.OK {
				return &silentFailure{}
			}
			return nil
		},
	})
	cmd.Flags().BoolVar(&fileOnly, "file-only", false, "test the file, also where an engine runs")
	return cmd
}

// examine tests the files, and asks the engine's doctor where there is one.
func (a *app) examine(ctx context.Context, fileOnly bool) (control.Report, error) {
	var report control.Report
	if a.host == "" {
		where, err := a.find()
		if err != nil {
			return report, err
		}
		report = files.Check(files.Options{ConfigPath: where.config, DataDir: where.dataDir})
	}
	if fileOnly {
		return report, nil
	}
	b, err := a.open(ctx)
	var known *control.Error
	switch {
	case errors.As(err, &known) && known.Kind == control.Disconnected && a.host == "":
		a.note("No engine runs here: only the files were tested.")
		return report, nil
	case err != nil:
		return report, err
	}
	defer b.Close()
	found, err := control.Do[control.Report](ctx, b, control.Check{})
	return merge(report, found), err
}

// merge puts two reports together, worst first. What the engine says of the configuration file is left
// out where the file itself was tested.
func merge(tested, found control.Report) control.Report {
	all := control.Report{OK: found.OK && (tested.OK || len(tested.Findings) == 0), Findings: tested.Findings}
	for _, f := range found.Findings {
		if f.Subject != files.Configuration || len(tested.Findings) == 0 {
			all.Findings = append(all.Findings, f)
		}
	}
	ranks := []string{"error", "warning", "unknown", "ok"}
	slices.SortStableFunc(all.Findings, func(x, y control.Finding) int {
		return cmp.Compare(slices.Index(ranks, x.Verdict), slices.Index(ranks, y.Verdict))
	})
	return all
}
