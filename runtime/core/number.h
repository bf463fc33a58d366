/* number.h: floats in texts, with a point whatever the program's locale is. Any thread. */
#ifndef CORE_NUMBER_H
#define CORE_NUMBER_H

/* As strtod in the C locale. */
double number_parse(const char *text, char **end);

#endif
