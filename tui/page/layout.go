package page

// MinWidth and MinHeight are the smallest screen that pages are drawn on; below is a notice.
const (
	MinWidth  = 60
	MinHeight = 15
)

const (
	menuWidth    = 21
	widthForMenu = 76 // narrower screens show the menu on demand
	heightForTwo = 20 // lower screens do without the lower rule
)

// Layout says where things are on a screen.
type Layout struct {
	TooSmall  bool
	MenuWidth int // 0: the menu is shown on demand, above the page
	BodyTop   int // first line below the header and its rule
	Body      int // lines of the body: breadcrumb and page
	LowerRule bool

	X, Y          int // corner of the page
	Width, Height int // of the page
}

// NewLayout lays out a screen of width columns and height lines.
func NewLayout(width, height int) Layout {
	l := Layout{TooSmall: width < MinWidth || height < MinHeight, BodyTop: 2, LowerRule: height >= heightForTwo}
	if width >= widthForMenu {
		l.MenuWidth = menuWidth
		l.X = menuWidth + 1
	}
	l.Body = height - l.BodyTop - 1
	if l.LowerRule {
		l.Body--
	}
	l.Body = max(l.Body, 2)
	l.Y = l.BodyTop + 1
	l.Width, l.Height = max(width-l.X, 1), l.Body-1
	return l
}
