/* html_style.h - the style sheet of a page in HTML. */
#ifndef HTML_STYLE_H
#define HTML_STYLE_H

/* Its lines; ends with NULL. */
extern const char *const html_style[];

#endif
