# Draws latency.svg, publishers.svg and sizes.svg from the data that bench writes:
#     gnuplot -e "from='FOLDER'; to='FOLDER'" draw.gp
set terminal svg size 900,620 dynamic background rgb 'white' font 'sans-serif,13'
set grid ytics lc rgb '#dddddd'
set key below center horizontal maxcols 3 noenhanced samplen 2 spacing 1.1
set linetype 1 lc rgb '#d62728' lw 3
set linetype 2 lc rgb '#444444' lw 1.5
set linetype 3 lc rgb '#888888' lw 1.5
set linetype 4 lc rgb '#1f77b4' lw 1.5
set linetype 5 lc rgb '#2ca02c' lw 1.5
set linetype 6 lc rgb '#ff7f0e' lw 1.5
set linetype 7 lc rgb '#9467bd' lw 1.5
set linetype 8 lc rgb '#8c564b' lw 1.5
set linetype 9 lc rgb '#e377c2' lw 1.5
set linetype 10 lc rgb '#17becf' lw 1.5
set linetype 11 lc rgb '#bcbd22' lw 1.5
set linetype 12 lc rgb '#7f7f7f' lw 1.5

set output to.'/latency.svg'
set title 'One way: publish to the end of reading all fields in the handler'
set logscale xy
set xrange [1:10000]
set xlabel 'share of the messages'
set ylabel 'ns'
set xtics ('50 %%' 2, '90 %%' 10, '99 %%' 100, '99.9 %%' 1000, '99.99 %%' 10000)
blocks = int(system("grep -c '\"' ".from.'/latency.dat'))
plot for [i=0:blocks-1] from.'/latency.dat' index i using 1:2 with lines title columnheader(1)
unset logscale
unset xtics
set xrange [*:*]

set output to.'/publishers.svg'
set title 'Struct to bytes to handler on another thread, by publishers'
set xtics scale 0
set xlabel 'publishers'
set ylabel 'million messages a second'
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 noborder
set xtics nomirror
set yrange [0:*]
columns = int(system("head -n 1 ".from."/publishers.dat | grep -o '\"' | wc -l")) / 2
plot for [i=2:columns+1] from.'/publishers.dat' using i:xtic(1) title columnheader(i) noenhanced

set output to.'/sizes.svg'
set title 'A number and bytes to a handler on another thread, by size'
set xlabel 'bytes'
set ylabel 'million messages a second'
set style data linespoints
set logscale xy
set yrange [*:*]
set xrange [48:5500]
set xtics (64, 256, 1024, 4096)
blocks = int(system("grep -c '\"' ".from.'/sizes.dat'))
plot for [i=0:blocks-1] from.'/sizes.dat' index i using 1:2 title columnheader(1) pt 7
