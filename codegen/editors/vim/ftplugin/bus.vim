" Vim filetype plugin for schemas of Busgen (*.bus)
if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1

setlocal commentstring=//\ %s
setlocal comments=:///,://,s1:/*,mb:*,ex:*/
setlocal formatoptions-=t formatoptions+=croql
" gggqG lays the whole file out; gq of a part of it is not for busgen fmt
setlocal formatprg=busgen\ fmt\ -
setlocal expandtab shiftwidth=4 softtabstop=4 textwidth=100
" gf and [i follow imports
setlocal suffixesadd=.bus include=^\\s*import
let b:undo_ftplugin = 'setlocal commentstring< comments< formatoptions< formatprg< expandtab< '
      \ . 'shiftwidth< softtabstop< textwidth< suffixesadd< include<'
