autocmd BufRead,BufNewFile *.bus setfiletype bus
