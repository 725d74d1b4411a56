package wechattest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// tokenLife and overlap are those of stable_token.
const (
	tokenLife = 2 * time.Hour
	overlap   = 5 * time.Minute
)

func (s *Server) handle(api string, r *http.Request, body []byte) reply {
	s.calls[api]++
	now := s.config.Now()
	if s.denied {
		return reply{"errcode": 40164, "errmsg": "invalid ip 192.0.2.7 ipv6 ::ffff:192.0.2.7, not in whitelist rid: 5f0c-1a"}
	}
	if api == "stable_token" {
		return s.token(body, now)
	}
	if until, known := s.tokens[r.URL.Query().Get("access_token")]; !known {
		return refuse(40001)
	} else if !now.Before(until) {
		return refuse(42001)
	}
	if !s.count(api, now) {
		return refuse(45009)
	}
	if api == "media/uploadimg" || api == "material/add_material" {
		return s.upload(api, r, body)
	}
	if bytes.Contains(body, []byte(`\u`)) {
		return refuse(40033)
	}
	var in struct {
		MediaID   string  `json:"media_id"`
		PublishID string  `json:"publish_id"`
		ArticleID string  `json:"article_id"`
		Offset    int     `json:"offset"`
		Count     int     `json:"count"`
		Articles  []draft `json:"articles"`
	}
	if len(body) > 0 && json.Unmarshal(body, &in) != nil {
		return refuse(47001)
	}
	switch api {
	case "draft/count":
		return reply{"total_count": len(s.drafts)}
	case "draft/add":
		return s.add(in.Articles, now)
	case "draft/delete":
		for i, d := range s.drafts {
			if d.media == in.MediaID {
				s.drafts = append(s.drafts[:i:i], s.drafts[i+1:]...)
				return refuse(0)
			}
		}
		return refuse(40007)
	case "draft/batchget":
		return page(s.drafts, in.Offset, in.Count)
	case "freepublish/submit":
		return s.submit(in.MediaID, now)
	case "freepublish/get":
		return s.status(in.PublishID)
	case "freepublish/batchget":
		return page(s.visible(), in.Offset, in.Count)
	case "freepublish/getarticle":
		for _, a := range s.articles {
			if a.ID == in.ArticleID {
				return reply{"news_item": []reply{a.reply(true)}}
			}
		}
		return refuse(53600)
	case "freepublish/delete":
		for i, a := range s.articles {
			if a.ID == in.ArticleID && !a.deleted {
				s.articles[i].deleted = true
				return refuse(0)
			}
		}
		return refuse(53600)
	}
	return refuse(40066)
}

// count says whether the quota of the day has room.
func (s *Server) count(api string, now time.Time) bool {
	limit, limited := s.config.Quotas[api]
	day := now.In(time.FixedZone("CST", 8*3600)).Format(time.DateOnly) + " " + api
	s.used[day]++
	return !limited || s.used[day] <= limit
}

func (s *Server) token(body []byte, now time.Time) reply {
	var in struct {
		Grant  string `json:"grant_type"`
		AppID  string `json:"appid"`
		Secret string `json:"secret"`
		Force  bool   `json:"force_refresh"`
	}
	switch err := json.Unmarshal(body, &in); {
	case err != nil || in.Grant != "client_credential":
		return refuse(40002)
	case in.AppID != s.config.AppID:
		return refuse(40013)
	case in.Secret != s.config.Secret:
		return refuse(40125)
	}
	until := s.tokens[s.newest]
	switch {
	case in.Force:
		if now.Sub(s.forced) < 30*time.Second || !s.count("stable_token/force", now) {
			return refuse(45009)
		}
		s.forced = now
		clear(s.tokens)
	case s.newest != "" && now.Before(until.Add(-overlap)):
		return reply{"access_token": s.newest, "expires_in": int(until.Sub(now).Seconds())}
	case s.newest != "" && until.IsZero(): // ended before its time: the platform does not know either
		return reply{"access_token": s.newest, "expires_in": int(tokenLife.Seconds())}
	}
	s.newest = fmt.Sprintf("token-%d-%s", s.next(), strings.Repeat("x", 200))
	s.tokens[s.newest] = now.Add(tokenLife)
	return reply{"access_token": s.newest, "expires_in": int(tokenLife.Seconds())}
}

func (s *Server) upload(api string, r *http.Request, body []byte) reply {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return refuse(41005)
	}
	part, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).NextPart()
	if err != nil || part.FormName() != "media" {
		return refuse(41005)
	}
	data, err := io.ReadAll(part)
	kind := http.DetectContentType(data)
	limit := 1 << 20
	if api == "material/add_material" {
		limit = 10 << 20
	}
	switch {
	case err != nil || len(data) == 0:
		return refuse(41005)
	case kind != "image/png" && kind != "image/jpeg":
		return refuse(40137)
	case len(data) >= limit:
		return refuse(40009)
	}
	id := fmt.Sprintf("picture-%d", s.next())
	address := "http://mmbiz.qpic.cn/mmbiz_png/" + id + "/0"
	s.pictures[address] = true
	if api == "media/uploadimg" {
		return reply{"url": address}
	}
	s.materials[id] = true
	return reply{"media_id": id, "url": address}
}

type draft struct {
	Title   string `json:"title"`
	Author  string `json:"author"`
	Digest  string `json:"digest"`
	Content string `json:"content"`
	Source  string `json:"content_source_url"`
	Thumb   string `json:"thumb_media_id"`
}

func (s *Server) add(articles []draft, now time.Time) reply {
	if len(articles) != 1 {
		return refuse(44003)
	}
	d := articles[0]
	switch {
	case d.Content == "":
		return refuse(44003)
	case d.Title == "" || utf8.RuneCountInString(d.Title) > s.config.TitleMax:
		return refuse(45003)
	case utf8.RuneCountInString(d.Author) > 16:
		return refuse(45110)
	case utf8.RuneCountInString(d.Digest) > 128:
		return refuse(45004)
	case utf8.RuneCountInString(d.Content) >= 20_000 || len(d.Content) >= 1<<20 || len(d.Source) > 1<<10:
		return refuse(45002)
	case !s.materials[d.Thumb]:
		return refuse(40007)
	}
	a := stored{media: fmt.Sprintf("draft-%d", s.next()), updated: now}
	a.Article = Article{Title: d.Title, Author: d.Author, Digest: d.Digest, Content: rewrite(d.Content, s.pictures), Source: d.Source}
	s.drafts = append(s.drafts, a)
	return reply{"media_id": a.media}
}

// submit takes a draft as often as it is there: the draft leaves the box when the
// submission ends, and not before.
func (s *Server) submit(media string, now time.Time) reply {
	for _, d := range s.drafts {
		if d.media == media {
			j := &job{id: fmt.Sprint(2247480000 + s.next()), draft: d, due: now.Add(s.config.Delay), status: working}
			s.jobs = append(s.jobs, j)
			return reply{"errcode": 0, "errmsg": "ok", "publish_id": j.id, "msg_data_id": "1"}
		}
	}
	return refuse(40007)
}

func (s *Server) status(id string) reply {
	for _, j := range s.jobs {
		if j.id != id {
			continue
		}
		out := reply{"publish_id": id, "publish_status": j.status, "fail_idx": []int{}}
		for i, a := range j.articles {
			for _, have := range s.articles {
				if have.ID == a && j.status == public {
					out["article_id"] = a
					out["article_detail"] = reply{"count": 1, "item": []reply{{"idx": i + 1, "article_url": have.URL}}}
				}
			}
		}
		return out
	}
	return refuse(53602)
}

func (s *Server) visible() []stored {
	var out []stored
	for _, a := range s.articles {
		if !a.deleted {
			out = append(out, a)
		}
	}
	return out
}

func (a stored) reply(content bool) reply {
	out := reply{
		"title": a.Title, "author": a.Author, "digest": a.Digest, "content_source_url": a.Source, "url": a.URL, "is_deleted": a.deleted,
		"thumb_url": "", "need_open_comment": 0, "only_fans_can_comment": 0,
	}
	if content {
		out["content"] = a.Content
	}
	return out
}

// page lists newest first, 20 at the most.
func page(all []stored, offset, count int) reply {
	items := []reply{}
	for i := len(all) - 1 - offset; i >= 0 && len(items) < min(count, 20); i-- {
		a := all[i]
		item := reply{"content": reply{"news_item": []reply{a.reply(false)}}, "update_time": a.updated.Unix()}
		if a.media != "" && a.ID == "" {
			item["media_id"] = a.media
		} else {
			item["article_id"] = a.ID
		}
		items = append(items, item)
	}
	return reply{"total_count": len(all), "item_count": len(items), "item": items}
}
