" Vim syntax file for schemas of Busgen (*.bus)
" A test compares the lists with the compiler. Words of the grammar are not reserved, a field may be
" called `key`: so they are matches, which those of names, further below, go before.
if exists('b:current_syntax')
  finish
endif

let s:declarations = ['bus', 'version', 'import', 'const', 'enum', 'flags', 'struct', 'table',
      \ 'union', 'policy', 'event', 'command', 'component', 'program', 'upgrades']
let s:settings = ['reserved', 'priority', 'when_full', 'deadline', 'idempotent', 'use', 'kind',
      \ 'returns', 'fails', 'serial', 'concurrent', 'handles', 'listens', 'emits', 'order',
      \ 'parallel', 'runs', 'retry', 'budget', 'backoff', 'jitter', 'breaker', 'opens_after', 'in',
      \ 'probes', 'after', 'timeout', 'recover', 'by', 'category', 'on_open', 'dead_letters',
      \ 'ordered', 'approval', 'off', 'durable', 'keep', 'last', 'batch', 'within', 'takes',
      \ 'memory', 'rate']
let s:modifiers = ['max', 'key', 'secret', 'since', 'until', 'was']
let s:types = ['bool', 'u8', 'i8', 'u16', 'i16', 'u32', 'i32', 'u64', 'i64', 'f32', 'f64', 'time',
      \ 'duration', 'uuid', 'string', 'bytes']
let s:choices = ['critical', 'high', 'normal', 'low', 'idle', 'highest', 'lowest', 'reject_new',
      \ 'drop_oldest', 'block', 'rate_limit', 'dead_letter', 'domain', 'system', 'integration',
      \ 'half', 'full', 'none', 'fail', 'park', 'true', 'false']

function! s:match(group, words) abort
  execute 'syntax match' a:group '/\<\%(' . join(a:words, '\|') . '\)\>/'
endfunction
call s:match('busDeclaration', s:declarations)
call s:match('busSetting', s:settings)
call s:match('busModifier', s:modifiers)
call s:match('busType', s:types)
call s:match('busChoice', s:choices)

" names: of what is declared, of fields and enumerators
syntax match busMember /\<\h\w*\ze\s*[:=]/
syntax match busName /\%(\<\%(bus\|const\|enum\|flags\|struct\|table\|union\|policy\|event\|command\|component\|program\|fails\)\s\+\)\@40<=\h\w*/
syntax match busNumber /\<\d\w*\%(\.\d\w*\)\?\>/
syntax match busNumber /\<x\d\+\%(\.\d\+\)\?\>/

syntax match busEscape /\\[nt\\"]/ contained
syntax region busString start=/"/ skip=/\\./ end=/"/ oneline contains=busEscape,@Spell

syntax keyword busTodo TODO FIXME XXX contained
syntax match busLint /lint:\s*off\s\+[a-z-]\+/ contained
syntax match busComment +//.*+ contains=busTodo,busLint,@Spell
syntax region busComment start=+/\*+ end=+\*/+ contains=busTodo,@Spell
syntax match busDoc +///\%([^/].*\)\?$+ contains=busTodo,@Spell

syntax sync ccomment busComment minlines=50

highlight default link busDeclaration Keyword
highlight default link busSetting Statement
highlight default link busModifier StorageClass
highlight default link busType Type
highlight default link busChoice Constant
highlight default link busName Function
highlight default link busMember Identifier
highlight default link busNumber Number
highlight default link busEscape SpecialChar
highlight default link busString String
highlight default link busTodo Todo
highlight default link busLint PreProc
highlight default link busComment Comment
highlight default link busDoc SpecialComment

let b:current_syntax = 'bus'
