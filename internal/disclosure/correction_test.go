package disclosure

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatAMinorCorrectionMayTouch(t *testing.T) {
	t.Parallel()

	rule, err := MinorRuleAt(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	before := Edited{
		Draft: Draft{
			Metadata: Metadata{Title: "关于开展检察的通报", Kind: "notice", DocumentNumber: "栖应急〔2026〕38号"}, Channels: []string{"portal", "webhook"},
			Attachments: []File{{Named: Named{Name: "清单.xlsx", Content: Content{SHA256: "aa"}}}},
		},
		Text: "\n共发现问题31项。\n企业应当于30日前完成整改。\n示例甲公司\n",
	}
	for name, tc := range map[string]struct {
		change func(*Edited)
		what   string // "": it is minor
	}{
		"AWrongCharacter":    {func(e *Edited) { e.Draft.Title = "关于开展检查的通报" }, ""},
		"TheOrderOfChannels": {func(e *Edited) { e.Draft.Channels = []string{"webhook", "portal"} }, ""},
		"AWordOfTheBody": {func(e *Edited) {
			e.Text = "\n共发现问题31项。\n企业应当于30日前完成改正。\n示例甲公司\n"
		}, ""},
		"ALineMore": {func(e *Edited) { e.Text += "联系人同前\n" }, ""},
		"AFigure": {func(e *Edited) {
			e.Text = "\n共发现问题33项。\n企业应当于30日前完成整改。\n示例甲公司\n"
		}, "figures"},
		"ANumeral":          {func(e *Edited) { e.Text += "其中三家\n" }, "figures"},
		"AFigureInTheTitle": {func(e *Edited) { e.Draft.Title += "（2）" }, "figures"},
		"WhatIsAskedFor": {func(e *Edited) {
			e.Text = "\n共发现问题31项。\n企业可以于30日前完成整改。\n示例甲公司\n"
		}, "应当"},
		"ANegation": {func(e *Edited) {
			e.Text = "\n共发现问题31项。\n企业应当于30日前完成整改。\n示例甲公司不在内\n"
		}, "不"},
		"AnAttachment": {func(e *Edited) {
			e.Draft.Attachments = []File{{Named: Named{Name: "清单.xlsx", Content: Content{SHA256: "bb"}}}}
		}, "files"},
		"AnAttachmentLess":       {func(e *Edited) { e.Draft.Attachments = nil }, "files"},
		"TheDocumentNumber":      {func(e *Edited) { e.Draft.DocumentNumber = "栖应急〔2026〕39号" }, "facts"},
		"AChannelMore":           {func(e *Edited) { e.Draft.Channels = []string{"portal", "webhook", "wechat"} }, "facts"},
		"MoreThanAFewCharacters": {func(e *Edited) { e.Text += strings.Repeat("另有说明", 11) + "\n" }, "length"},
		"AFigureElsewhereInOrder": {func(e *Edited) {
			e.Text = "\n共发现问题30项。\n企业应当于31日前完成整改。\n示例甲公司\n"
		}, "figures"},
	} {
		after := before
		tc.change(&after)
		err := rule.Check(before, after)
		if tc.what == "" {
			require.NoError(t, err, name)
			continue
		}
		var r *Refusal
		require.ErrorAs(t, err, &r, name)
		require.Equal(t, NotMinor, r.Code, name)
		if tc.what == "length" {
			require.Contains(t, r.Params["what"], "> 40", name)
		} else {
			require.Equal(t, tc.what, r.Params["what"], name)
		}
	}
}

func TestWhatACorrectionMustSay(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		edition int
		draft   Draft
		want    Code
	}{
		"AFirstEditionSaysNothing":    {1, Draft{}, ""},
		"AFirstEditionIsNoCorrection": {1, Draft{CorrectionType: MinorCorrection}, NoCorrection},
		"NorDoesItClose":              {1, Draft{CloseEarlier: true}, NoCorrection},
		"ACorrectionHasANote":         {2, Draft{}, Required},
		"WithoutATypeItIsSubstantive": {2, Draft{Correction: "数字有误"}, ""},
		"AMinorOne":                   {2, Draft{Correction: "错字", CorrectionType: MinorCorrection}, ""},
		"AMinorOneClosesNothing":      {2, Draft{Correction: "错字", CorrectionType: MinorCorrection, CloseEarlier: true}, NotMinor},
		"ASubstantiveOneMay":          {2, Draft{Correction: "误载个人信息", CorrectionType: SubstantiveCorrection, CloseEarlier: true}, ""},
		"AnUnknownType":               {2, Draft{Correction: "x", CorrectionType: "tiny"}, BadValue},
	} {
		require.Equal(t, tc.want, CodeOf(tc.draft.CheckCorrection(tc.edition)), name)
	}
}

func TestAMinorCorrectionTakesAShortRouteThatIsReviewed(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		draft Draft
		want  string
	}{
		"Minor":            {Draft{Metadata: Metadata{Kind: "notice"}, CorrectionType: MinorCorrection}, "minor_correction"},
		"OfAPenalty":       {Draft{Metadata: Metadata{Kind: "penalty"}, CorrectionType: MinorCorrection}, "minor_correction"},
		"OfAnImportantOne": {Draft{Metadata: Metadata{Kind: "notice"}, CorrectionType: MinorCorrection, Important: true}, "important"},
		"Substantive":      {Draft{Metadata: Metadata{Kind: "notice"}, CorrectionType: SubstantiveCorrection}, "ordinary"},
	} {
		chosen, err := Routes().For(tc.draft.Facts("SF"), monday)
		require.NoError(t, err, name)
		require.Equal(t, tc.want, chosen.Route.ID, name)
		require.True(t, slices.ContainsFunc(chosen.Route.Steps, func(s Step) bool { return s.Essential }), name)
	}
}
